import { because, block, directive, printNginxConf } from '../../../lib/nginx/configuration/nginx-conf';

test('directives end in semicolons, blocks in braces, reasons stand above', () => {
  expect(
    printNginxConf([
      because('why', directive('user', 'nobody')),
      block(
        'http',
        [],
        [
          block(
            'server',
            [],
            [directive('listen', 8080), block('location', ['=', '/x'], [directive('return', 200, 'ok')])],
          ),
        ],
      ),
    ]),
  ).toBe(
    [
      '# why',
      'user nobody;',
      'http {',
      '  server {',
      '    listen 8080;',
      '    location = /x {',
      '      return 200 ok;',
      '    }',
      '  }',
      '}',
      '',
    ].join('\n'),
  );
});

test.each([
  ['', '""'],
  ['a b', '"a b"'],
  ['a;b', '"a;b"'],
  ['a{b}', '"a{b}"'],
  ['a"b', '"a\\"b"'],
  ["a'b", '"a\'b"'],
  ['a\\b', '"a\\\\b"'],
  ['a\n', '"a\\n"'],
  ['#a', '"#a"'],
  ['$host', '$host'],
])('an argument %p is printed as %s', (text, printed) => {
  expect(printNginxConf([directive('set', text)])).toBe(`set ${printed};\n`);
});
