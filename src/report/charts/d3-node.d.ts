declare module 'd3-node' {
  interface Selection {
    append(tag: string): Selection;
    attr(name: string, value: string | number): Selection;
    text(value: string): Selection;
    remove(): Selection;
    node(): { readonly outerHTML: string };
  }
  export class D3Node {
    readonly d3: { select(node: unknown): Selection };
    readonly document: { readonly body: unknown };
  }
}
