/** The types of the viewer's scripts (themes/default/static): what tsc checks them against. */

/** Float64Array where a value does not fit 32 bits. */
type Column = Uint32Array | Float64Array;
type Columns = Record<string, Column>;
/** What an element is made of: text, nodes, attributes; what is false, empty or missing is left out. */
type Part = string | Node | Record<string, any> | 0 | false | null | undefined | Part[];
/** The events of these names, which spaces part. */
type EventOf<Names extends string> = Names extends `${infer First} ${infer Others}` ? EventOf<First> | EventOf<Others>
  : Names extends keyof HTMLElementEventMap ? HTMLElementEventMap[Names] : Event;
type Container = { header: any; columns: Columns };
type Metric = "bytes" | "count";
type View = "peak" | "leaks" | "temporary" | "temporal";

/** Preorder: node 0 is the root, parent[i] < i, the nodes below i are i+1 ... end[i]-1. */
interface Tree {
  parent: Uint32Array;
  frame: Uint32Array;
  end: Uint32Array;
  depth: Uint32Array;
  /** How many nodes. */
  size: number;
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
  /** Where a node that was visited begins, in units of the metric, from the root's left end. */
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
  plant(parent: Uint32Array, frame: Uint32Array): Tree;
  /** `fate` by node; `place`: old node -> new node or NEVER. Asks of the old tree that parent[i] < i. */
  regrow(parent: Uint32Array, frame: Uint32Array, fate: Uint8Array): { tree: Tree; place: Uint32Array };
  hide(tree: Tree, fateOfFrame: Uint8Array): { tree: Tree; place: Uint32Array };
  /** `place`: row's node -> node of the tree (null: the same); `keep`: which rows count (null: all). */
  weigh(rows: Rows, place: Uint32Array | null, size: number, keep?: ((row: number) => boolean) | null): Sums;
  sumUp(tree: { parent: Uint32Array }, own: Float64Array): Float64Array;
  /** What every node holds with all below it, in bytes and in allocations. */
  held(tree: Tree, own: Sums): Sums;
  graph(tree: Tree, held: Sums, metric: Metric): Graph;
  /** `joined`: the places are one node, the root; else they are the root's children. */
  upwards(tree: Tree, places: number[], held: Sums, metric: Metric, joined: boolean): Graph;
  inverted(tree: Tree, own: Sums, metric: Metric): Graph;
  /** `group` by node; `groups`: how many there are. */
  outermost(tree: Tree, group: Uint32Array, groups: number): Uint8Array;
  sandwich(tree: Tree, own: Sums, metric: Metric, group: Uint32Array, chosen: number): Graph[];
  /** `chosen` by frame, `total` by node. */
  topmost(tree: Tree, total: ArrayLike<number>, chosen: Uint8Array): number[];
  /** `first` as `outermost` gives it, `total` as `sumUp` does. */
  byGroup(
    tree: Tree, group: Uint32Array, groups: number, own: Float64Array, first?: Uint8Array, total?: ArrayLike<number>,
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
  called(name: string, file: number): string;
  label(frame: number): string;
  place(frame: number): string;
  groupsOf(tree: Tree): Uint32Array;
}

interface Names {
  size(bytes: number): string;
  count(value: number): string;
  figure(value: number, metric: Metric): string;
  change(value: number, metric: Metric): string;
  /** As many things of this name. */
  many(value: number, thing: string): string;
  share(part: number, whole: number): string;
  duration(milliseconds: number): string;
  /** `analysis`: the data file's header. */
  frames(analysis: any, columns: Columns): Frames;
  shortest(paths: string[]): string[];
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
  /** of a comparison, which side's widths are drawn: "before", "after"; "": the larger */
  width: string;
}

/** What kind a leak is (an index of `Leaks.RANK`), and its bytes in twenty equal parts of the time. */
interface Kind {
  rank: number;
  bins: number[];
}

interface Leaks {
  /** Kinds, the more likely to be a real leak the later. */
  RANK: string[];
  /** What they say, in words. */
  MEANING: string[];
  pattern(text: string): RegExp;
  /**
   * By window: its middle, as a share of the whole time, and its place in the time that the program works (empty where
   * that is no time).
   */
  clock(model: Model): { when: number[]; working: number[] };
  /** The kind of every group of nodes that leaks, of the rows of `lifetimes` that `keep` keeps. */
  kinds(model: Model, groupOf: (node: number) => number, keep: ((row: number) => boolean) | null): Kind[];
  /** `born`: window -> bytes; `count`: of allocations. */
  kind(born: Map<number, number>, working: number[], count: number): string;
  /** What the table shows of it. */
  cell(kind: Kind): HTMLElement;
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
  /** how a box of a comparison changed; "same" where nothing is to be told by more than its colour */
  hatch(spot: Spot): Change;
}

/** What the table's rows are of: functions, or ... */
type By = "" | "places" | "files" | "packages" | "stacks" | "tree";

interface TableRow {
  /** what the fragment calls it; "" where it cannot be chosen */
  key: string;
  name: string;
  /** file, allocator */
  more: string;
  /** what it is sorted by where its figures do not tell: name, then more */
  text: string;
  figures: number[];
  kind?: Kind;
  /** of a stack: name and place of its callers, innermost first */
  callers?: string[][];
  /** of a comparison: whether one side alone has it */
  how?: string;
}

interface Stretch {
  from: number;
  to: number;
}

interface Sitegen {
  /** The viewer's controls as HTML: what toolbar.js says. */
  controls: string;
  /** Patterns of known leaks, for captures whose data names none: the user's own, and built-in ones; what toolbar.js says. */
  suppressions: string[][];
  files: Map<string, { container: Promise<Container>; arrive: (text: string) => void }>;
  /** What the indexes of searches and of functions over the runs call. */
  search?(index: [kind: string, label: string, url: string, more: string][]): void;
  functions?(rows: any[]): void;
  /** The compare page: what it does with its list of captures, and when the viewer has drawn. */
  catalog?(catalog: Catalog): void;
  shown?(viewer: Viewer): void;
  /** What data files call: base64 of a gzipped container. */
  data(key: string, text: string): void;
  file(key: string): { container: Promise<Container>; arrive: (text: string) => void };
  /** The container of a data file; its script is added to the page when it has not come yet. */
  load(key: string, src: string): Promise<Container>;
  decode(text: string): Promise<Container>;
  integers(block: Uint8Array, rows: number, planes: number): Column;
  undelta(column: Column): Column;
}

interface State {
  settings: URLSearchParams;
  /** Called after every change. */
  listeners: ((how: "step" | "move") => void)[];
  read(): void;
  /** A setting; "" is its default. */
  get(key: string): string;
  /** A step can be taken back with the browser's button; a move (typing, dragging) cannot. */
  set(changes: Record<string, string>, how?: "step" | "move"): void;
  /** Calls a listener now and after every change. */
  follow(listener: (how: "step" | "move") => void): void;
  tell(how: "step" | "move"): void;
}

type Change = "new" | "grown" | "same" | "shrunk" | "gone";

interface Palette {
  hues: string[];
  changes: Record<Change, string>;
  root: string;
  /** `by`: package or origin. */
  ofFile(file: SourceFile, by: string): string;
  /**
   * What fills a box. `by`: package, origin, depth, thread or change; `threads`: the thread of every node, -1 for several,
   * empty where it is not known; `side`: whose widths are drawn.
   */
  painter(by: string, frames: Frames, panes: Graph[], threads: ArrayLike<number>, side: string): (spot: Spot) => string;
}

/** One capture, and what of it the settings ask for. */
interface Model {
  /** The header of the main data file. */
  analysis: any;
  beside: any;
  columns: Columns;
  frames: Frames;
  /** The tree of the data file. */
  base: Tree;
  /** What is asked for: the figures of every function here are of it. */
  settings: Settings;
  /** Of the snapshots. */
  time: Column;
  kept: Map<string, { key: any[]; value: any }>;
  /** Whether there are rows of a view or of intervals. */
  has(table: string): boolean;
  /** The last value made under a name while the same frames are hidden; made again when what it is made of changed. */
  once<T>(name: string, key: any[], make: () => T): T;
  shape(): Shape;
  /** The rows of a view or of a table of intervals. */
  rows(table: string): ViewRows;
  /** The functions of everything in a view, as they were before small stacks were folded; missing where none were. */
  exact(view: string): any[] | undefined;
  /** The rows that the settings are about. */
  asked(): ViewRows;
  /** Which rows the settings count; null: all. */
  keep(rows: ViewRows): ((row: number) => boolean) | null;
  /** The first and the last window of a range. */
  windows(): number[];
  /** The window of a range with the highest heap. */
  highest(): number;
  /** When a window begins and ends, in milliseconds since the epoch. */
  bounds(window: number): number[];
  inTime(allocated: Column, freed: Column): (row: number) => boolean;
  lived(allocated: Column, freed: Column): (row: number) => boolean;
  /** What every node of the shown tree holds itself. */
  own(): Sums;
  /** What it holds with all below it. */
  held(): Sums;
  /** Which of these sums boxes are as wide as. */
  drawn(): Metric;
  /** The graph with callers above, whatever the settings show: sums for tables and searches. */
  upright(): Graph;
  /** The graphs to draw: one, or callers and callees. */
  panes(): Graph[];
  /** What the threads hold of a node of the upright graph, largest first. */
  threadsAt(node: number): [number, number][];
  /** The thread that holds more than half of a node, for every node; -1 for none. */
  threads(): Int16Array;
  /** Suppressed leaks: which nodes of the data file, how many stacks, how many bytes. */
  suppressed(): { nodes: Uint8Array; stacks: number; bytes: number };
}

/** What a model of two captures has beside. */
interface Sides {
  /** The width of every node, and its change in the place of the count. */
  own(): Sums;
  drawn(): Metric;
  /** What is made of the view and the metric that the settings name, once. */
  of<T>(name: string, make: (view: View, metric: Metric) => T): T;
  /** What every node held itself, before and after. */
  sides(): Float64Array[];
  /** What every function holds, by frame, for base and head: exact, whatever was folded. */
  whole(): { self: Float64Array; whole: Float64Array }[];
  /**
   * By group of functions (`of`: frame -> group): change of what it holds itself, and with what it calls; itself
   * before and after; with what it calls before and after.
   */
  changes(of: ArrayLike<number>, size: number): number[][];
  /** What every node of the data files' union holds itself, before and after, with nothing hidden. */
  stacks(): Float64Array[];
  /** The line of every node of it. */
  lines(): Uint32Array;
  /** Functions (as frames) of which only the name or the file seems to have changed: of base, of head. */
  renames(): [number, number][];
}

/** What is the same on both sides of a comparison. */
interface Matching {
  /** Base's name of a file -> head's. `sides`: the project's files with their functions. */
  files(sides: Map<string, Set<string>>[]): Map<string, string>;
  /** `own`: by side and node; `knows`: by side and frame. Pairs of frames, of base and of head. */
  renames(
    tree: { parent: Uint32Array; frame: Uint32Array }, own: Float64Array[], knows: boolean[][],
    called: (frame: number) => { name: string; file: number },
  ): [number, number][];
}

interface Flamegraph {
  box: HTMLElement;
  boxes: Box[];
  rows: number;
  width: number;
  ink: string;
  soft: string;
  paper: string;
  folded: string;
  lit: string;
  scene: Scene;
  /** Reads the colours of the theme. */
  restyle(): void;
  show(scene: Scene): void;
  paint(): void;
  /** Draws the rows between `top` and `top + height`; `ratio` is device pixels for one of the page. */
  render(canvas: HTMLCanvasElement, ratio: number, top: number, height: number): void;
  /** What is under a point of the window. */
  under(at: { clientX: number; clientY: number }): Box | undefined;
  /** Where a node is drawn. */
  where(spot: Spot): Box | undefined;
  /** Puts the outline of the mouse or of the keyboard around a node, or nowhere. */
  ring(which: "hover" | "focus", spot?: Spot): void;
  /** Scrolls so that a node can be seen. */
  reveal(spot: Spot): void;
}

/** What a chart shows, for its cursor. Stops are where figures are: moments, or where `x` says. */
interface Source {
  stops(): ArrayLike<number>;
  /** What stands at a stop, and the value of every series of the legend; `url`: where a value leads. */
  tell(index: number, range: () => Stretch): { head: Part; values?: { text: string; url?: string }[] };
  /** Where the cursor is at first; else at the last stop. */
  start?(): number;
  /** Where a stop is in user units; else time runs from left to right. */
  x?(stop: number): number;
  /** The stretch of time that is marked besides the range; null: none. */
  slice?(): number[] | null;
  /** Draws the time that the chart shows. */
  redraw?(seen: Stretch, x: (moment: number) => number, whole: boolean): void;
}

/** Moments are milliseconds since the epoch. */
interface Chart {
  /** Puts the cursor on a stop, else where it is, and says what stands there; `linked`: values with links. */
  point(index?: number, linked?: boolean): void;
  range(): Stretch;
  /** Shows the range alone, or the whole time again. */
  toggle(): void;
  /** Marks the range, and the stretch beside it. */
  show(): void;
}

interface Viewer {
  mount: HTMLElement;
  shown: Model;
  /** Whether two captures are compared. */
  diff: boolean;
  fields: (HTMLInputElement | HTMLSelectElement)[];
  flame: Flamegraph;
  palette: Palette;
  walk: Walk;
  panels: Panels;
  table: Table;
  charts: Chart[];
  /** The frame that the keyboard is at. */
  spot: Spot;
  /** What the search means, by frame. */
  matches: Uint8Array | null;
  /** The kind of every function's leak. */
  kinds: Kind[] | null;
  /** What is on display. */
  settings: Settings;
  panes: Graph[];
  zoom: Spot;
  /** The value of everything. */
  whole: number;
  part(name: string): HTMLElement;
  field(name: string): HTMLSelectElement;
  /** What a thread is called. */
  thread(index: number): string;
  /** What the colours say. */
  colouring(): string;
  /** The smallest figure that is shown. */
  least(): number;
  /** The view of the open tab; a slot for any view shows the one that the fragment names. */
  view(): View;
  /** A function by what the fragment calls it, `file:function`; 0 for none. */
  groupNamed(text: string): number;
  groupText(group: number): string;
  /** The function of a node, 0 for none. */
  groupAt(spot: Spot): number;
  /** Shows what the state says. */
  refresh(how?: "step" | "move"): Promise<void>;
  /** A zoom as the fragment has it. */
  zoomText(spot: Spot): string;
  /** A change of one control. */
  change(name: string, value: string): void;
  /** A click. */
  choose(spot: Spot): void;
  unzoom(): void;
  /** Callers and callees of a function, or back. */
  sandwich(spot: Spot): void;
}

/** What the viewer says in words. */
interface Panels {
  show(): void;
  root(settings: Settings): string;
  about(spot: Spot): { name: string; where: string; path: string; figures: string[] };
  changes(spot: Spot, diff: Model & Sides): string[];
  describe(box: HTMLElement, spot: Spot): void;
  strip(): void;
  legend(): HTMLElement[];
  note(): void;
}

interface Walk {
  /** Left, Right, Up or Down */
  move(to: string): void;
  /** `before`: what to say first. */
  go(spot: Spot, before?: string): void;
  step(by: 1 | -1): void;
  found(): Spot[];
  say(text: string): void;
}

interface Table {
  /** What the rows are of. */
  by(): By;
  /** The columns after the name. */
  columns(): string[];
  /** The rows as they are shown: filtered and sorted. */
  rows(by: By): TableRow[];
  show(): void;
}

/** What data/captures.js says; see sitegen/site/catalog.py. */
interface Catalog {
  runs: [id: string, label: string, url: string][];
  captures: any[][];
  reasons: Record<string, Record<string, [refused: boolean, reasons: string[]]>>;
}
/** A capture that can be compared. */
interface Compared {
  id: string;
  run: number;
  module: string;
  instance: string | null;
  file: string;
  link: string;
  data: string;
  peak: number;
  leaks: number;
  allocations: number | null;
  /** how it was taken: key of `reasons` */
  way: number;
  /** whether it stands for its module's instance in its run: of repeats, and of chunks, one does */
  stands: 0 | 1;
}
type Figure = "peak" | "leaks" | "allocations";
