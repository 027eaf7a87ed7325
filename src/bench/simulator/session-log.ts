// What a board saw since it had power: commands by count, and everything a correct host never does. Knows no command.

export class SessionLog {
  private readonly counts = new Map<string, number>();
  readonly violations: string[] = [];
  destroyed = false;

  command(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  violation(text: string): void {
    this.violations.push(text);
  }

  commands(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }
}
