/** The addresses of a peer; the one in use is given up when it fails, and the next one is tried. */
export class UrlPicker {
  #urls: readonly string[];
  #at = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  get all(): readonly string[] {
    return this.#urls;
  }

  /** The address to use now; undefined when the peer has none. */
  get current(): string | undefined {
    return this.#urls[this.#at];
  }

  update(urls: readonly string[]): void {
    this.#urls = urls;
    this.#at = 0;
  }

  /** Says that an address does not work. */
  failed(url: string): void {
    if (this.current === url) this.#at = (this.#at + 1) % Math.max(1, this.#urls.length);
  }
}
