import { Checklist, TunedApp } from 'cdk8s-tuned';
import { ENVIRONMENTS } from './environments';
import { Shop } from './shop/shop';

const app = new TunedApp();
for (const environment of ENVIRONMENTS) new Shop(app, environment.name, environment);
Checklist.validate(app);
app.synth();
