// YAML as data, by the parser that prettier has: only what manifests use, no anchors and no tags.

import { parsers } from "prettier/plugins/yaml";

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly (Node | null)[];
}

/** The one document of a text. @throws if it is no YAML, or has something that is not understood here */
export function parseYaml(text: string): unknown {
  const root = parsers.yaml.parse(text, {} as never) as Node;
  const [document, ...more] = root.children ?? [];
  if (document === undefined || document === null || more.length > 0) throw new Error("one document is expected");
  return valueOf(only(document.children?.find((child) => child?.type === "documentBody")));
}

function only(node: Node | null | undefined): Node | undefined {
  return node?.children?.[0] ?? undefined;
}

function valueOf(node: Node | null | undefined): unknown {
  switch (node?.type) {
    case undefined:
    case "null":
      return null;
    case "mapping":
    case "flowMapping":
      return Object.fromEntries(
        node.children!.map((item) => [valueOf(only(item!.children![0])), valueOf(only(item!.children![1]))]),
      );
    case "sequence":
    case "flowSequence":
      return node.children!.map((item) => valueOf(only(item)));
    case "plain":
      if (node.value === "true" || node.value === "false") return node.value === "true";
      return /^-?\d+$/.test(node.value!) ? Number(node.value) : node.value;
    case "quoteDouble":
    case "quoteSingle":
    case "blockFolded":
    case "blockLiteral":
      return node.value;
    default:
      throw new Error(`a ${node?.type} is not expected`);
  }
}
