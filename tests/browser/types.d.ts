/** The types of the viewer's scripts (themes/default/static): what tsc checks them against. */

/** Float64Array where a value does not fit 32 bits. */
type Column = Uint32Array | Float64Array;
type Columns = Record<string, Column>;
type Container = { header: any; columns: Columns };
type Metric = "bytes" | "count";
type View = "peak" | "leaks" | "temporary" | "temporal";

/** Preorder: node 0 is the root, parent[i] < i, the nodes below i are i+1 ... end[i]-1. */
interface Tree {
  parent: Uint32Array;
  frame: Uint32Array;
  end: Uint32Array;
  depth: Uint32Array;
}

/** What every node holds. */
interface Sums {
  bytes: Float64Array;
  count: Float64Array;
}

interface Rows {
  node: Column;
  bytes: Column;
  count: Column;
}

/** The rows of a view or of a table of intervals; columns that it does not have are missing. */
interface ViewRows extends Rows {
  thread: Column;
  allocator: Column | undefined;
  allocated: Column;
  freed: Column;
}

/** What can be drawn. */
interface Graph {
  parent: ArrayLike<number>;
  frame: ArrayLike<number>;
  depth: ArrayLike<number>;
  /** Where a node begins, in units of the metric, from the root's left end. */
  start: ArrayLike<number>;
  /** How wide it is: its bytes or its count. */
  value: ArrayLike<number>;
  bytes: ArrayLike<number>;
  count: ArrayLike<number>;
  /** The tree that its nodes are of; null where they are of none. */
  tree: Tree | null;
  /** Whether that is the tree of the sums. */
  plain: boolean;
  /**
   * Calls `see` for the nodes from root down, parents first, that are at least `least` wide, and `skip` for the
   * topmost ones that are not.
   */
  visit(root: number, least: number, see: (node: number) => void, skip: (node: number) => void): void;
  children(node: number): number[];
}

/** columns in, trees and sums out */
interface Calltree {
  /** What becomes of a node: kept, spliced out (its callers take its place), put at the root, or left out. */
  KEEP: 0;
  SPLICE: 1;
  TOP: 2;
  OUT: 3;
  NOWHERE: number;
  plant(parent: Uint32Array, frame: Uint32Array): Tree;
  /** `fate` by node; `place`: old node -> new node or NOWHERE. Asks of the old tree that parent[i] < i. */
  regrow(parent: Uint32Array, frame: Uint32Array, fate: Uint8Array): { tree: Tree; place: Uint32Array };
  preorder(parent: Uint32Array, frame: Uint32Array, place: Uint32Array): { tree: Tree; place: Uint32Array };
  hide(tree: Tree, fateOfFrame: Uint8Array): { tree: Tree; place: Uint32Array };
  /** `place`: row's node -> node of the tree; `keep`: which rows count (null: all). */
  weigh(rows: Rows, place: Uint32Array, size: number, keep: ((row: number) => boolean) | null): Sums;
  sumUp(tree: Tree, own: Float64Array): Float64Array;
  graph(tree: Tree, own: Sums, metric: Metric): Graph;
  /** `joined`: the places are one node, the root; else they are the root's children. */
  upwards(tree: Tree, places: number[], held: Sums, metric: Metric, joined: boolean): Graph;
  inverted(tree: Tree, own: Sums, metric: Metric): Graph;
  /** `group` by node; `groups`: how many there are. */
  outermost(tree: Tree, group: Uint32Array, groups: number): Uint8Array;
  sandwich(tree: Tree, own: Sums, metric: Metric, group: Uint32Array, chosen: number): Graph[];
  /** `chosen` by frame, `total` by node. */
  held(tree: Tree, total: ArrayLike<number>, chosen: Uint8Array): number;
  byGroup(
    tree: Tree, group: Uint32Array, groups: number, first: Uint8Array, own: Float64Array, total: ArrayLike<number>,
  ): { self: Float64Array; whole: Float64Array };
}

interface SourceFile {
  path: string;
  name: string;
  package: string;
  origin: string;
}

/** The frames of one data file, ready to be shown, searched and grouped. */
interface Frames {
  functions: string[];
  files: SourceFile[];
  functionOf: Column;
  fileOf: Column;
  lineOf: Column;
  /** One letter for each frame. */
  kind: string;
  /** frame -> function (name and file), an index of `groups`. */
  groupOf: Uint32Array;
  groups: { name: string; file: number }[];
  /** By file: as much of its name as tells it from the others. */
  short: string[];
}

interface Names {
  NO_FRAMES: string;
  size(bytes: number): string;
  count(value: number): string;
  figure(value: number, metric: Metric): string;
  change(value: number, metric: Metric): string;
  allocations(value: number): string;
  share(part: number, whole: number): string;
  duration(milliseconds: number): string;
  /** `analysis`: the data file's header. */
  frames(analysis: any, columns: Columns): Frames;
  shortest(paths: string[]): string[];
  called(frames: Frames, name: string, file: number): string;
  label(frames: Frames, frame: number): string;
  place(frames: Frames, frame: number): string;
  groupsOf(frames: Frames, tree: Tree): Uint32Array;
}

/** A tree as it is shown: frames hidden, siblings merged. */
interface Shape {
  tree: Tree;
  /** node of the data file -> node of the tree */
  place: Uint32Array;
  /** node of the tree -> first node of the data file */
  from: Uint32Array;
  /** function of every node */
  group: Uint32Array;
  /** whether no node above is of the same function */
  first: Uint8Array;
}

/** What decides over the figures. */
interface Settings {
  view: View;
  metric: Metric;
  /** -1: all */
  thread: number;
  /** whether frames that matter little, and the import system's, are shown */
  irrelevant: boolean;
  imports: boolean;
  inverted: boolean;
  /** function in the middle of the sandwich; 0: none */
  of: number;
  /** "from,to" in milliseconds since the start; "": everything */
  range: string;
  /** of the temporal view: "" highest point, "kept", "made" */
  mode: string;
  /** "", "within:MS", "longer:MS", "end", "never" */
  life: string;
  /** whether suppressed leaks are shown */
  suppressed: boolean;
  /** whether a comparison shows what disappeared */
  gone: boolean;
}

/** When a function's leak was allocated. `rank`: the higher, the more of a leak. */
interface Kind {
  name: string;
  rank: number;
  slices: Float64Array;
}

/** A node of one of the graphs on display, and where it is drawn. */
type Spot = { pane: number; node: number };
type Box = Spot & { left: number; right: number; row: number };

interface Scene {
  /** one graph; or two, the first growing upwards from the second's root */
  panes: Graph[];
  /** whether a single graph grows upwards */
  flames: boolean;
  zoom: Spot;
  /** nodes of a smaller value are not shown */
  least: number;
  /** name, place */
  label(spot: Spot): [string, string];
  fill(spot: Spot): string;
  italic(spot: Spot): boolean;
  /** others are dimmed; null: none is */
  lit: ((spot: Spot) => boolean) | null;
  chosen(spot: Spot): boolean;
}

/** What the table's rows are of: functions, or ... */
type By = "" | "places" | "packages" | "tree";

interface TableRow {
  /** what the fragment calls it; "" where it cannot be chosen */
  key: string;
  name: string;
  /** file, allocator */
  more: string;
  figures: number[];
  kind?: Kind | null;
}

interface Stretch {
  from: number;
  to: number;
}
