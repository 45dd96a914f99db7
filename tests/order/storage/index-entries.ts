import type { IndexRecord, IndexRecords } from "../../../services/order/storage/index-records.ts";

/** All of them. */
export function recordsIn(records: IndexRecords): IndexRecord[] {
  return Array.from({ length: records.length }, (_, nth) => records.at(nth) as IndexRecord);
}
