// Tooltip: a few words beside the pointer.

export interface Tooltip {
  /** Shows the text near a point of the window; undefined hides it. */
  show(text: string | undefined, x: number, y: number): void;
}

export function createTooltip(element: HTMLElement): Tooltip {
  return {
    show(text, x, y) {
      element.hidden = text === undefined;
      if (text === undefined) return;
      element.textContent = text;
      const { offsetWidth: width, offsetHeight: height } = element;
      element.style.left = `${Math.max(4, Math.min(window.innerWidth - width - 8, x + 14))}px`;
      element.style.top = `${y + height + 24 > window.innerHeight ? y - height - 12 : y + 16}px`;
    },
  };
}
