/** Texts in the order in which they first came, each once. Places begin at 1, as in Lua. */
export class Places {
  private readonly places = new Map<string, number>();

  placeOf(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.places.size + 1);
    return this.places.size;
  }

  all(): readonly string[] {
    return [...this.places.keys()];
  }
}
