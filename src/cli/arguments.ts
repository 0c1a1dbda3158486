/** What was typed, after the parser and before its meaning: words by option name. */
export class Arguments {
  constructor(
    readonly words: readonly string[],
    private readonly options: Readonly<Record<string, unknown>>,
  ) {}

  flag(name: string): boolean {
    return this.options[name] === true;
  }

  count(name: string): number {
    const given = this.options[name];
    return typeof given === 'number' ? given : 0;
  }

  value(name: string): string | null {
    const given = this.options[name];
    return typeof given === 'string' ? given : null;
  }

  values(name: string): readonly string[] {
    const given = this.options[name];
    if (Array.isArray(given)) return given.map(String);
    return typeof given === 'string' ? [given] : [];
  }
}
