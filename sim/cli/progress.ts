// Progress: one line that says that work goes on, on a terminal; silence in a pipe.

const REFRESH_MS = 100;

export class Progress {
  readonly #enabled: boolean;
  #shownAt = 0;
  #shown = false;

  constructor(wanted: boolean) {
    this.#enabled = wanted && process.stderr.isTTY === true;
  }

  show(text: string): void {
    const now = Date.now();
    if (!this.#enabled || now - this.#shownAt < REFRESH_MS) return;
    this.#shownAt = now;
    this.#shown = true;
    process.stderr.write(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }
}
