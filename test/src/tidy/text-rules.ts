/**
 * What no tracked file may hold, whatever its language: paths of one person's machine, and hosts of one company's
 * package registry (a lock file written behind a mirror would fail for everybody else).
 */
import type { Finding } from "./source.ts";

const machinePath = /(?<![\w.~-])\/(?:root|work|home\/[a-z][\w-]*|Users\/[A-Za-z][\w-]*)\/|\b[A-Z]:\\Users\\/;
const resolvedElsewhere = /"resolved":\s*"https?:\/\/(?!registry\.npmjs\.org\/)[^"]*"/;
const registrySetting = /^\s*(?:@[\w-]+:)?registry\s*=/;

/** Checks a text line by line; `path` tells what kind of file it is. */
export function textFindings(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const report = (rule: string, message: string): void =>
      void findings.push({ rule, path, line: index + 1, message: `${message}: ${line.trim().slice(0, 80)}` });
    if (machinePath.test(line)) report("machine paths", "a path of one machine");
    if (resolvedElsewhere.test(line)) report("registry hosts", "a package from another registry");
    if (path.endsWith(".npmrc") && registrySetting.test(line)) report("registry hosts", "a registry setting");
  }
  return findings;
}
