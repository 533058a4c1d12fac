/** The releases whose flags, defaults and answers the server can take on. */
export const compats = ["0.2", "0.3", "0.4", "2.3", "3.4", "3.7"] as const;
/** One of them. */
export type Compat = (typeof compats)[number];

/** The releases before 2.0, with a command line of their own. */
export type LegacyCompat = Extract<Compat, `0.${string}`>;

/** Whether a release came before 2.0. */
export function isLegacy(compat: Compat): compat is LegacyCompat {
  return compat.startsWith("0.");
}

/** The versions told to clients: of those releases whose answers were recorded. */
export const reportedVersions: Readonly<Record<Compat, string>> = {
  "0.2": "0.2.0-rc1",
  "0.3": "0.3.0",
  "0.4": "0.4.9",
  "2.3": "2.3.8",
  "3.4": "3.4.23",
  "3.7": "3.7.1",
};

/** The release with this name, if there is one. */
export function findCompat(text: string): Compat | undefined {
  return compats.find((one) => one === text);
}
