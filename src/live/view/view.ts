/** The live view: the newest state, what the person chose, and the screen that shows both. */

import type { LiveState } from '../state.js';
import type { ViewStyle } from './pen.js';
import { extentOf, type Picture, picture } from './picture.js';
import { type TerminalDevice, TerminalScreen } from './screen.js';
import { FIRST_UI, pressed, type Ui, wishOf } from './ui.js';

export interface ViewWishes {
  /** `q` or Ctrl-C. The second time it is meant at once. */
  end(): void;
  /** Writes report and document. @returns what is said of it, a sentence */
  write(): Promise<string>;
}

export class LiveView {
  readonly #screen: TerminalScreen;
  readonly #style: Picture;
  readonly #wishes: ViewWishes;
  #ui: Ui = FIRST_UI;
  #newest: LiveState | null = null;
  /** What is shown: the newest state, or the one at which the picture was stopped. */
  #shown: LiveState | null = null;
  #isWriting = false;

  constructor(device: TerminalDevice, style: ViewStyle, wishes: ViewWishes) {
    this.#screen = new TerminalScreen(
      device,
      (key) => this.#press(key),
      () => this.#draw(),
    );
    this.#style = { ...style, hasKeys: this.#screen.hasKeys };
    this.#wishes = wishes;
  }

  open(): void {
    this.#screen.enter();
    this.#draw();
  }

  /** Gives the terminal back; safe at any time and more than once. */
  close(): void {
    this.#screen.leave();
  }

  /** As Ctrl-Z does. */
  suspend(): void {
    this.#screen.suspend();
    this.#draw();
  }

  /** After somebody else stopped the process and let it go on: the shell had the terminal meanwhile. */
  resume(): void {
    this.#screen.leave();
    this.open();
  }

  show(state: LiveState): void {
    this.#newest = state;
    if (this.#ui.isPaused && this.#shown !== null) return;
    this.#shown = state;
    this.#draw();
  }

  /** In the last line, until the next key. */
  say(message: string): void {
    this.#ui = { ...this.#ui, message };
    this.#draw();
  }

  #press(key: string): void {
    const { size } = this.#screen;
    const extent = this.#shown === null ? { length: 0, page: 0 } : extentOf(this.#shown, this.#ui, size, this.#style);
    this.#ui = pressed(this.#ui, key, extent);
    if (!this.#ui.isPaused) this.#shown = this.#newest;
    const wish = wishOf(key);
    if (wish === 'redraw') this.#screen.redraw();
    if (wish === 'suspend') this.#screen.suspend();
    if (wish === 'end') this.#wishes.end();
    if (wish === 'write') void this.#write();
    this.#draw();
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.say('Writing …');
    try {
      this.say(await this.#wishes.write());
    } catch (error) {
      this.say(`Not written: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#isWriting = false;
    }
  }

  #draw(): void {
    if (this.#shown !== null) this.#screen.draw(picture(this.#shown, this.#ui, this.#screen.size, this.#style));
  }
}
