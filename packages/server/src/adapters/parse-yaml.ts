/** YAML of config files. The library is loaded when the first file is read: most members are started with flags. */
import { createRequire } from "node:module";

type Yaml = typeof import("yaml");

/** Reads a document without aliases, whole numbers as `bigint`; throws when it is not YAML. */
export function parseYaml(text: string): unknown {
  const { parse } = createRequire(import.meta.url)("yaml") as Yaml;
  return parse(text, { maxAliasCount: 0, intAsBigInt: true });
}
