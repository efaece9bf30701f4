/** References that the kubelet leaves as they are written. */
import { type Breakage, setEnv, web } from '../breakage';

export const VARIABLE_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a variable above the one that it refers to',
    breakIt: (all) => {
      setEnv(web(all), 'API_URL', 'http://$(API_HOST)');
      setEnv(web(all), 'API_HOST', 'api');
    },
    rules: ['COR-018'],
  },
  {
    what: 'an argument that refers to nothing',
    breakIt: (all) => (web(all).args = ['--advertise=$(POD_IP)']),
    rules: ['COR-018'],
  },
];
