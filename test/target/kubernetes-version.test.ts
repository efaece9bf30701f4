import { App } from 'cdk8s';
import { KubernetesVersion } from 'cdk8s-tuned';
import { Construct } from 'constructs';

test.each(['1.27', 'v1.27', '1.31.4', '1.36'])('%s is a version', (text) => {
  expect(KubernetesVersion.fromString(text).toString()).toBe(
    text.replace(/^v/, '').split('.').slice(0, 2).join('.'),
  );
});

test.each(['1.26', '2.0', '1', '', 'latest', '1.27-rc.1', '1.27\n'])('%p is refused', (text) => {
  expect(() => KubernetesVersion.fromString(text)).toThrow('allowed: 1.27 or later, such as "1.31"');
});

test('the nearest scope that names a version counts; without one it is 1.30', () => {
  const app = new App();
  const cluster = new Construct(app, 'cluster');
  KubernetesVersion.V1_31.applyTo(cluster);
  const inside = new Construct(cluster, 'inside');
  expect(KubernetesVersion.of(app).minor).toBe(30);
  expect(KubernetesVersion.of(inside).minor).toBe(31);
});
