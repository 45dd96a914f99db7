import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readImage } from "../../services/catalog/storage/read-image.ts";
import { Leader } from "./leader.ts";
import { CatalogProcess } from "./process.ts";

let catalog: CatalogProcess;
let leader: Leader;

beforeEach(async () => {
  catalog = await CatalogProcess.make();
  leader = new Leader(catalog.port);
});

afterEach(async () => {
  leader.leave();
  await catalog.remove();
});

const write = (rows: string): Promise<void> => writeFile(catalog.file, `product_name,price,quantity\n${rows}`);

describe("a start that cannot be", () => {
  test("without a catalog ends with status 1 and says how to make one", async () => {
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toContain(`${catalog.file} does not exist: put back the files catalog.csv* of a backup, or`);
  });

  test("with a bad row ends with status 1, naming file, line and column", async () => {
    await write("Tux,15.99,100\nLego,49.999,1\n");
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toContain(`${catalog.file}, line 3, column 2 (price)`);
    expect(said.trim().split("\n").length).toBe(1);
  });

  test("on a port that is taken ends with status 1, naming the port and the variable that moves it", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const second = await CatalogProcess.make();
    const { status, said } = await second.start({ CATALOG_PORT: String(catalog.port) }).ended();
    await second.remove();
    expect(status).toBe(1);
    expect(said).toContain(`port ${catalog.port} on 127.0.0.1 is taken: end what listens there, or set CATALOG_PORT`);
  });

  test("a second catalog on the same files does not touch them, and says why", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const wal = join(catalog.folder, "catalog.csv.wal-2");
    await writeFile(wal, `${await readFile(wal, "utf8")}torn`);
    const second = await CatalogProcess.make();
    const { status, said } = await second.start({ CATALOG_FILE: catalog.file }).ended();
    await second.remove();
    expect(status).toBe(1);
    expect(said).toContain(`${catalog.file} is in use by another process`);
    expect(await readFile(wal, "utf8")).toEndWith("torn");
  });

  test("with a bad variable ends with status 1, naming it", async () => {
    const { status, said } = await catalog.start({ RESTOCK_QUANTITY: "many" }).ended();
    expect(status).toBe(1);
    expect(said).toContain('RESTOCK_QUANTITY="many" is not usable');
  });

  test("on a damaged log ends with status 1, naming file and offset", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    await leader.open();
    await catalog.signal("SIGKILL");
    const wal = join(catalog.folder, "catalog.csv.wal-2");
    await writeFile(wal, (await readFile(wal, "utf8")).replace("fence,s1", "fence,s7"));
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toMatch(/wal-2 is damaged at offset \d+ \(line 2\)/);
  });
});

describe("a catalog that was killed", () => {
  beforeEach(async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    await leader.open();
  });

  async function restart(): Promise<void> {
    await catalog.signal("SIGKILL");
    await catalog.start().logged("catalog-open");
  }

  test("hears from the leader what was sold and what is reserved, and sells nothing twice", async () => {
    expect(await leader.reserve("c:1", "Tux", 60)).toBe(1);
    expect(await leader.reserve("c:2", "Tux", 10)).toBe(1);
    leader.commit("c:1");
    await restart();
    expect(await leader.open()).toMatchObject({ settledBelow: 0n });
    expect(await leader.reserve("c:3", "Tux", 31)).toBe(-1);
    expect(await leader.reserve("c:4", "Tux", 30)).toBe(1);
    expect(await leader.client.query({ product: "Tux" })).toMatchObject({ quantity: 0n });
    expect(await catalog.signal("SIGTERM")).toBe(0);
    const image = await readImage(catalog.file);
    expect(image).toMatchObject({ storeId: "s1", settledBelow: 1 });
    expect(image?.products).toMatchObject([{ name: "Tux", initial: 100, adjusted: 0, onHand: 40, sold: 60 }]);
  });

  test("answers a query of a product only when the leader has replayed its log; one of no product at once", async () => {
    await leader.reserve("c:1", "Tux", 60);
    leader.commit("c:1");
    await restart();
    const answers: bigint[] = [];
    const read = leader.client.query({ product: "Tux" }).then(({ quantity }) => answers.push(quantity));
    // By then a catalog that knew its stock would have answered: no lease from before the start is left.
    await Bun.sleep(700);
    expect(await leader.client.query({ product: "" })).toMatchObject({ quantity: -1n });
    expect(answers).toEqual([]);
    await leader.open();
    await read;
    expect(answers).toEqual([40n]);
  });

  test("remembers a moment later what was settled, though nobody waited for it", async () => {
    await leader.reserve("c:1", "Tux", 60);
    leader.commit("c:1");
    await leader.reserve("c:2", "Tux", 1);
    while ((await readImage(catalog.file))?.settledBelow !== 1) await Bun.sleep(20);
    await restart();
    expect(await leader.open()).toMatchObject({ settledBelow: 1n });
    expect(await leader.client.query({ product: "Tux" })).toMatchObject({ quantity: 39n });
  });
});

test("a CATALOG_FILE that is a link stays one, and what someone edits where it leads to takes effect", async () => {
  const real = join(catalog.folder, "real.csv");
  await writeFile(real, "product_name,price,quantity\nTux,15.99,100\n");
  await symlink("real.csv", catalog.file);
  for (let start = 1; start <= 2; start++) {
    await catalog.start().logged("catalog-open");
    await leader.open();
    await leader.reserve(`c:${start}`, "Tux", 30);
    leader.commit(`c:${start}`);
    await leader.reserve("c:0", "Tux", 1);
    await catalog.signal("SIGTERM");
    const shown = await readFile(real, "utf8");
    expect(shown).toContain("Tux,15.99,70 ");
    await writeFile(real, shown.replace("70 ", "100"));
  }
  expect(await readlink(catalog.file)).toBe("real.csv");
  expect((await readImage(catalog.file))?.products).toMatchObject([{ adjusted: 30, onHand: 70, sold: 60 }]);
});

describe.each(["SIGTERM", "SIGINT"] as const)("a catalog that gets %s", (signal) => {
  test("brings catalog.csv up to date with what was sold, and ends with status 0", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start({ CHECKPOINT_INTERVAL: "3600000" }).logged("catalog-open");
    await leader.open();
    await leader.reserve("c:1", "Tux", 30);
    leader.commit("c:1");
    await leader.reserve("c:2", "Tux", 5);
    expect(await catalog.signal(signal)).toBe(0);
    expect(await readFile(catalog.file, "utf8")).toBe("product_name,price,quantity\nTux,15.99,70 \n");
  });
});
