/**
 * Shows a rule failing and passing on small files that exist only in memory. A rule that nobody has seen fail is
 * decoration, so every rule's test is a list of such samples.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSource, type Rule } from "./source.ts";

/** One file and the findings expected for it, as `line message-start`; none when the sample is fine. */
export interface Sample {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly expected: readonly string[];
}

/** Declares one test per sample; the name reads as a specification of the rule. */
export function testSamples(label: string, rule: Rule, samples: readonly Sample[]): void {
  for (const { name, path, text, expected } of samples) {
    test(`${label} ${name}`, () => {
      const found = rule(parseSource(path, text));
      const seen = found.map(({ line, message }, index) => {
        const wanted = expected[index];
        const whole = `${line} ${message}`;
        return wanted !== undefined && whole.startsWith(wanted) ? wanted : whole;
      });
      assert.deepEqual(seen, expected);
    });
  }
}
