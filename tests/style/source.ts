import { posix } from "node:path";
import { type MemberExpression, type ObjectProperty, type Program, parseSync, Visitor } from "oxc-parser";

/** A module that a file names, by `import`, `export from`, `import()` or `import("...")` in a type. */
export interface ImportedModule {
  /** As written. */
  readonly specifier: string;
  /** Path from the root of the project; undefined for a package. */
  readonly path: string | undefined;
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface NamedThing {
  /** A free name, such as Date, or two with a dot between, such as Math.random. */
  readonly name: string;
  readonly line: number;
}

/** What the rules look at. */
export interface Source {
  /** From the root of the project. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportedModule[];
  readonly names: readonly NamedThing[];
  /** Lines with async functions and with await. */
  readonly asynchronous: readonly number[];
}

/** Throws if the text is not TypeScript: a rule that cannot read a file must not pass it. */
export function readSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const error = parsed.errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const lineOf = lineFinder(text);
  const { imports, names, asynchronous } = collect(parsed.program, lineOf);
  const resolved = imports.map((found) => ({ ...found, path: resolve(path, found.specifier) }));
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return { path, lines, imports: resolved, names, asynchronous };
}

function resolve(path: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** Line numbers from 1 for offsets into `text`. */
function lineFinder(text: string): (offset: number) => number {
  return (offset) => text.slice(0, offset).split("\n").length;
}

function collect(program: Program, lineOf: (offset: number) => number) {
  const imports: Omit<ImportedModule, "path">[] = [];
  const names: NamedThing[] = [];
  const asynchronous: number[] = [];
  /** Offsets of names that name a member or key, not a variable. */
  const members = new Set<number>();

  const addImport = (specifier: string, start: number, typeOnly: boolean): void => {
    imports.push({ specifier, typeOnly, line: lineOf(start) });
  };
  const addKey = (node: { key: { start: number }; computed: boolean }): void => {
    if (!node.computed) members.add(node.key.start);
  };
  const addFunction = (node: { async: boolean; start: number }): void => {
    if (node.async) asynchronous.push(lineOf(node.start));
  };
  const addMember = (node: MemberExpression): void => {
    if (!node.computed) members.add(node.property.start);
    const property = memberName(node);
    const object = objectName(node);
    if (object !== undefined && property !== undefined) {
      names.push({ name: `${object}.${property}`, line: lineOf(node.start) });
    }
  };

  new Visitor({
    ImportDeclaration: (node) => addImport(node.source.value, node.start, node.importKind === "type"),
    VariableDeclarator: ({ id, init, start }) => {
      if (id.type !== "ObjectPattern" || init?.type !== "Identifier") return;
      for (const property of id.properties) {
        if (property.type === "Property" && property.key.type === "Identifier") {
          names.push({ name: `${init.name}.${property.key.name}`, line: lineOf(start) });
        }
      }
    },
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) addImport(node.source.value, node.start, node.exportKind === "type");
    },
    ExportAllDeclaration: (node) => addImport(node.source.value, node.start, node.exportKind === "type"),
    ImportExpression: (node) => {
      const { source } = node;
      const literal = source.type === "Literal" && typeof source.value === "string" ? source.value : undefined;
      addImport(literal ?? "(computed)", node.start, false);
    },
    TSImportType: (node) => addImport(node.source.value, node.start, true),
    MemberExpression: addMember,
    Property: (node) => {
      if (!(node as ObjectProperty).shorthand) addKey(node);
    },
    PropertyDefinition: addKey,
    MethodDefinition: addKey,
    TSPropertySignature: addKey,
    TSMethodSignature: addKey,
    Identifier: (node) => {
      if (!members.has(node.start)) names.push({ name: node.name, line: lineOf(node.start) });
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    AwaitExpression: (node) => asynchronous.push(lineOf(node.start)),
    ForOfStatement: (node) => {
      if (node.await) asynchronous.push(lineOf(node.start));
    },
  }).visit(program);
  return { imports, names, asynchronous };
}

function objectName({ object }: MemberExpression): string | undefined {
  if (object.type === "Identifier") return object.name;
  return object.type === "MetaProperty" ? "import.meta" : undefined;
}

/** The name after the dot, or the text between the brackets. */
function memberName(node: MemberExpression): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string" ? node.property.value : undefined;
}
