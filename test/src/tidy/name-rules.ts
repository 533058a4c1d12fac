/**
 * Names of files and folders: kebab-case, after the main export, and never a drawer for everything
 * ("utils", "helpers", "common").
 */
import type { Finding, Rule } from "./source.ts";

const kebabFolder = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const kebabFile = /^[a-z0-9]+(-[a-z0-9]+)*(\.property\.test|\.test|\.gen)?\.(ts|mjs)$/;
const drawers = new Set(["util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff"]);

/** Checks each part of a path. */
export const fileNameRule: Rule = ({ path }) => {
  const parts = path.split("/");
  const file = parts.pop() ?? "";
  const findings: Finding[] = [];
  const report = (message: string): void => void findings.push({ rule: "names", path, line: 1, message });
  if (!kebabFile.test(file)) report(`file name ${file} is not kebab-case`);
  for (const folder of parts) if (!kebabFolder.test(folder)) report(`folder name ${folder} is not kebab-case`);
  for (const stem of [...parts, file.replace(/\..*$/, "")]) {
    if (drawers.has(stem)) report(`"${stem}" says nothing: name it after what it holds`);
  }
  return findings;
};
