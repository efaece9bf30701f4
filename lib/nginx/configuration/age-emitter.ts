/**
 * How long an answer is still valid that is not new: its `max-age` less its `Age`. nginx does not read `Age`, and cannot
 * subtract; so the digits of `max-age` before those of `Age` are made one less, which is at most what is left. An answer
 * whose digits do not tell is not stored.
 */
import type { ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';

/** Digits of an age that are looked at: 31 years. */
const MAX_DIGITS = 9;

export function agedAnswers({ features }: ProxyRules): NginxDirective[] {
  const digits = Array.from({ length: MAX_DIGITS - 1 }, (_, index) => index + 1);
  return [
    block(
      'map',
      ['$upstream_http_age', '$has_aged'],
      [directive('default', 1), directive('', 0), directive('~^0+$', 0)],
    ),
    ...(features.hasSafeCaptures
      ? [
          because(
            'of an answer that has aged elsewhere, what is left at the least',
            block(
              'map',
              ['$sent_http_cache_control', '$lifetime'],
              [
                directive('default', ''),
                directive('~*s-maxage="?(?<shared_lifetime>[0-9]+)', '$shared_lifetime'),
                directive('~*max-age="?(?<private_lifetime>[0-9]+)', '$private_lifetime'),
              ],
            ),
          ),
          block(
            'map',
            ['$upstream_http_age:$lifetime', '$outlives_age'],
            [
              directive('default', 0),
              ...digits.map((count) =>
                directive(
                  `~^0*[0-9]{${count}}:(?<life_high>[0-9]*)(?<life_digit>[1-9])(?<life_low>0*[0-9]{${count}})$`,
                  1,
                ),
              ),
            ],
          ),
          block(
            'map',
            ['$life_digit', '$life_digit_less'],
            Array.from({ length: 9 }, (_, index) => directive(`${index + 1}`, index)),
          ),
        ]
      : []),
    block(
      'map',
      [
        `$upstream_http_x_accel_expires:$has_aged:${features.hasSafeCaptures ? '$outlives_age' : '0'}`,
        '$remaining_life',
      ],
      [
        directive('default', ''),
        directive(':1:0', 0),
        ...(features.hasSafeCaptures ? [directive(':1:1', '$life_high$life_digit_less$life_low')] : []),
      ],
    ),
  ];
}

/** For the cache: what is left is the origin's own word for it, where it said none. */
export function remainingLife(): NginxDirective {
  return directive('add_header', 'X-Accel-Expires', '$remaining_life', 'always');
}
