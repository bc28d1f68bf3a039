// Ranges and pages of histories: how IG writes them in queries and paths, and what is refused. Reads no state but an account's decisions.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { decisionsOf } from '../engine/state.ts';
import type { Decision } from '../engine/decisions.ts';
import { IgError } from './endpoint.ts';

const instantPattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/;
const dayPattern = /^(\d\d)-(\d\d)-(\d{4})$/;
const dayMs = 86_400_000;
export const secondText = (ms: number) => new Date(ms).toISOString().slice(0, 19);
/** Start of a second, or of a day; `end`: the last ms of it. Account time is UTC. Throws 400 `error.malformed.date`. */
export function instant(text: string, end = false): number {
  const found = instantPattern.exec(text);
  const ms = found ? Date.parse(found[1] ? `${text}Z` : `${text}T00:00:00Z`) : NaN;
  if (!found || Number.isNaN(ms) || !secondText(ms).startsWith(text))
    throw new IgError(400, 'error.malformed.date');
  return ms + (end ? (found[1] ? 1_000 : dayMs) - 1 : 0);
}
/** `dd-MM-yyyy`, as paths of version 1 have it. */
const day = (text: string, end = false) =>
  instant(dayPattern.exec(text)?.slice(1).reverse().join('-') ?? '', end);
/** A whole number of a query or path. Throws 400 `code`. */
export function whole(
  text: string | null,
  preset: number,
  least: number,
  most = Infinity,
  code = 'invalid.input',
): number {
  const value = text === null ? preset : /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new IgError(400, code);
  return value;
}

type Range = readonly [fromMs: number, toMs: number];
/** `from` and `to` of a query, or the last `maxSpanSeconds` up to `to`. */
export function rangeOf(query: URLSearchParams, nowMs: number): Range {
  const span = whole(query.get('maxSpanSeconds'), 600, 1, 999_999_999);
  const [from, to] = [query.get('from'), query.get('to')];
  const toMs = to === null ? nowMs : instant(to, true);
  return [from === null ? toMs - span * 1_000 : instant(from), toMs];
}
/** The range of a path of version 1: `lastPeriod` (ms), or both days. */
export function pathRange(params: Record<string, string>, nowMs: number): Range {
  const { lastPeriod, fromDate, toDate } = params;
  if (lastPeriod !== undefined) return [nowMs - whole(lastPeriod, 0, 0, nowMs), nowMs];
  return [day(fromDate!), day(toDate!, true)];
}
/** An account's decisions of a range, both ends included, newest first. Throws 400 for one that ends before it begins. */
export function decisionsIn(
  desk: DealingDesk,
  accountId: string,
  [fromMs, toMs]: Range,
): Generator<Decision> {
  if (fromMs > toMs) throw new IgError(400, 'error.request.invalid.date-range');
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  function* within() {
    for (const decision of decisionsOf(desk.state(), accountId)) {
      if (decision.at >= from && decision.at <= to) yield decision; // to the oldest: a clock that was set back makes a later one look older
    }
  }
  return within();
}

const maxPage = 1_000_000;
/** One page and its metadata; a page size of 0 is all in one, a bad one is refused with `sizeCode`. */
export function pageOf<T>(
  all: readonly T[],
  query: URLSearchParams,
  sizeCode = 'error.request.invalid.page-size',
) {
  const pageSize = whole(query.get('pageSize'), 20, 0, maxPage, sizeCode);
  const pageNumber = whole(query.get('pageNumber'), 1, 1, maxPage);
  const page = pageSize === 0 ? all : all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
  const totalPages = pageSize === 0 ? Math.min(1, all.length) : Math.ceil(all.length / pageSize);
  return { page, metadata: { size: page.length, pageData: { pageSize, pageNumber, totalPages } } };
}
