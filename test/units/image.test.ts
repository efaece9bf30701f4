import { parseImage } from '../../lib/units/image';

test.each([
  ['nginx', { repository: 'nginx', name: 'nginx' }],
  ['postgres:14.20', { repository: 'postgres', name: 'postgres', tag: '14.20' }],
  ['bitnami/redis:7.2', { repository: 'bitnami/redis', name: 'redis', tag: '7.2' }],
  [
    'docker.io/library/redis:8.2.1',
    { registry: 'docker.io', repository: 'library/redis', name: 'redis', tag: '8.2.1' },
  ],
  [
    'registry.example.com:5000/team/app',
    { registry: 'registry.example.com:5000', repository: 'team/app', name: 'app' },
  ],
  [
    'localhost/app:1@sha256:abc',
    { registry: 'localhost', repository: 'app', name: 'app', tag: '1', digest: 'sha256:abc' },
  ],
  ['', { repository: '', name: '' }],
])('%s', (image, parts) => {
  expect(parseImage(image)).toEqual(parts);
});
