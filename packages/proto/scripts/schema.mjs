// Parses the schema files (see schema/README.md) into plain objects and checks what can be wrong with them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const scalars = {
  bool: { type: "bool" },
  string: { type: "string" },
  bytes: { type: "bytes" },
  int32: { type: "int32" },
  uint32: { type: "uint32" },
  int64: { type: "int64", integer64: "saturating" },
  uint64: { type: "uint64", integer64: "saturating" },
  log64: { type: "uint64", integer64: "strict" },
  id64: { type: "int64", integer64: "bigint" },
  uid64: { type: "uint64", integer64: "bigint" },
};

/** Reads every schema file of a folder; returns packages in the order of their file names, with all names resolved. */
export function readSchemas(folder) {
  const packages = readdirSync(folder)
    .filter((name) => name.endsWith(".schema"))
    .sort()
    .map((name) => parse(name, readFileSync(join(folder, name), "utf8")));
  const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
  for (const pkg of packages) for (const message of pkg.messages) resolve(message, pkg, byName);
  markMerged(packages);
  return packages;
}

function parse(file, text) {
  const pkg = { name: "", protoName: "", imports: [], enums: [], messages: [], services: [] };
  let current;
  text.split("\n").forEach((line, index) => {
    const words = line.trim().split(/\s+/);
    const fail = (why) => {
      throw new Error(`${file}:${index + 1}: ${why}: ${line}`);
    };
    if (line.trim() === "") return;
    if (line.startsWith("  ")) {
      if (current === undefined) fail("a field outside of a message");
      current.add(words, fail);
      return;
    }
    current = open(pkg, words, fail);
  });
  return pkg;
}

function open(pkg, words, fail) {
  const [kind, name, ...rest] = words;
  const alias = rest.indexOf("=") >= 0 ? rest[rest.indexOf("=") + 1] : undefined;
  if (kind === "package") {
    Object.assign(pkg, {
      name,
      protoName: alias ?? name,
      proto2: rest.includes("proto2"),
      keep: rest.includes("keep"),
    });
  } else if (kind === "import") pkg.imports.push(name);
  else if (kind === "enum") pkg.enums.push(parseEnum(pkg, name, rest));
  else if (kind === "message") {
    const message = {
      pkg,
      protoName: alias ?? name,
      name: name.replaceAll(".", ""),
      proto2: pkg.proto2 || rest.includes("proto2"),
      keep: pkg.keep || rest.includes("keep"),
      fields: [],
    };
    message.add = (field, failField) => message.fields.push(parseField(message, field, failField));
    pkg.messages.push(message);
    return message;
  } else if (kind === "service") {
    const service = { name, protoName: `${pkg.protoName}.${name}`, methods: [] };
    service.add = (method) => service.methods.push(parseMethod(service, method));
    pkg.services.push(service);
    return service;
  } else fail("unknown word");
  return undefined;
}

function parseEnum(pkg, protoName, rest) {
  const [outer, inner] = protoName.split(".");
  const values = rest.map((pair) => pair.split("=")).map(([name, number]) => [name, Number(number)]);
  return { pkg, protoName, name: inner === undefined ? outer : inner === "Type" ? `${outer}Type` : inner, values };
}

function parseField(message, words, fail) {
  const rest = [...words];
  const oneof = rest[0] === "oneof" ? rest.splice(0, 2)[1].replace(":", "") : undefined;
  const number = Number(rest.shift());
  const modifier = ["repeated", "always", "optional"].includes(rest[0]) ? rest.shift() : undefined;
  const [typeName, protoName] = rest;
  if (!(number > 0) || protoName === undefined || rest.length !== 2) fail("not a field");
  if (message.fields.some((field) => field.number >= number)) fail("field numbers must ascend");
  return {
    number,
    typeName,
    protoName,
    localName: localNameOf(protoName),
    goName: goNameOf(protoName),
    oneof,
    repeated: modifier === "repeated",
    presence: modifier === "always" ? "always" : modifier === "optional" || oneof ? "optional" : "implicit",
  };
}

function parseMethod(service, words) {
  const paths = words.filter((word) => word.startsWith("/"));
  const arrow = words.indexOf("->");
  const [before, after] = [words.slice(1, arrow), words.slice(arrow + 1, words.length - paths.length)];
  const streams = `${before.length === 2 ? "client" : ""}${after.length === 2 ? "server" : ""}`;
  return {
    name: words[0],
    path: `/${service.protoName}/${words[0]}`,
    request: before.at(-1),
    response: after.at(-1),
    kind: { "": "unary", client: "clientStream", server: "serverStream", clientserver: "bidi" }[streams],
    gatewayPaths: paths,
  };
}

/** `range_end` → `rangeEnd`, `ID` → `id`, `peerURLs` → `peerUrls`, `RemainingTTL` → `remainingTtl`. */
export function localNameOf(protoName) {
  const calm = protoName.replaceAll("URLs", "Urls").replaceAll("TTL", "Ttl").replaceAll("ID", "Id");
  const joined = calm.replace(/_+(.)/g, (_, letter) => letter.toUpperCase());
  return joined[0].toLowerCase() + joined.slice(1);
}

function goNameOf(protoName) {
  const joined = protoName.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return joined[0].toUpperCase() + joined.slice(1);
}

function resolve(message, pkg, byName) {
  for (const field of message.fields) {
    const scalar = scalars[field.typeName];
    if (scalar !== undefined) Object.assign(field, scalar);
    else {
      const dot = field.typeName.indexOf(".");
      const home = byName.get(field.typeName.slice(0, dot));
      const owner = dot > 0 && home !== undefined ? home : pkg;
      const name = owner === pkg ? field.typeName : field.typeName.slice(dot + 1);
      const target =
        owner.enums.find((one) => one.protoName === name) ??
        owner.messages.find((one) => one.name === name.replaceAll(".", ""));
      if (target === undefined) throw new Error(`${pkg.name}.${message.name}: no type ${field.typeName}`);
      Object.assign(field, { type: target.values ? "enum" : "message", target });
    }
    field.packed = field.repeated && !message.proto2 && !["string", "bytes", "message"].includes(field.type);
    field.lossy = message.proto2;
  }
}

/** A singular message field may come in several pieces that are merged; only such messages need a reader that can continue. */
function markMerged(packages) {
  for (const pkg of packages) {
    for (const message of pkg.messages) {
      for (const field of message.fields) if (field.type === "message" && !field.repeated) field.target.merged = true;
    }
  }
}
