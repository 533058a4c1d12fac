/** Stands between a member and its ports: changes what some methods do, private fields of the original notwithstanding. */

/** An object that does what another does, but for what is overridden. */
export function forwarding<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (name in overrides) return overrides[name as keyof T];
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
