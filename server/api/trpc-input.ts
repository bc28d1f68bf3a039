// What tRPC would pass over in a request: parameters it does not read, a name that stands twice, inputs that no call of a batch takes. It reads what is left.
import type { Request } from 'express';
import { AppError } from '../lib/app-error.ts';
import { exampleInput } from '../trpc/example.ts';
import { unknownName } from '../trpc/problems.ts';
import { givenTimes, refuseMisread } from '../trpc/repeated.ts';
import { hasContent } from './body.ts';
import { queryOf, readQuery } from './request-rules.ts';
import type { ProcedureInfo } from './schemas.ts';

type Procedures = ReadonlyMap<string, ProcedureInfo>;

/** What tRPC reads of a URL; `lastEventId` resumes an event stream. */
const ofStream = ['lastEventId', 'Last-Event-Id'];
const readOf = {
  GET: ['input', 'batch', 'connectionParams', ...ofStream],
  POST: ['batch', 'connectionParams'],
};

function refuse(name: string, problem: string): never {
  throw new AppError('request.invalid', { fields: { [name]: problem } });
}

/** Throws request.invalid that names what is not read of a URL, and of a GET all that is not. */
export function refuseUnread(req: Request, procedures: Procedures): void {
  const isPost = req.method === 'POST';
  if (!isPost && hasContent(req))
    refuse('(body)', 'is not read by a GET: write the input into the parameter input');
  if (!req.url.includes('?')) return;
  const query = readQuery(req.url);
  const known = readOf[isPost ? 'POST' : 'GET'];
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) refuse(name, unreadParameter(name, isPost));
    const times = query.getAll(name).length;
    if (times > 1) refuse(name, givenTimes(times));
  }
  const batch = query.get('batch');
  if (batch !== null && batch !== '1') refuse('batch', 'must be 1, or be left out for a single call');
  const procedure = procedures.get(decodeURIComponent(req.path.slice(1)));
  if (procedure && procedure.type !== 'subscription')
    for (const name of ofStream)
      if (query.has(name)) refuse(name, 'is read by subscriptions only: leave it out');
  const input = query.get('input');
  if (input === null) return;
  if (!input.trimStart().startsWith('{')) refuse('input', mustHoldJson(procedure, batch !== null));
  refuseUnreadInput(req, input);
}

function unreadParameter(name: string, isPost: boolean): string {
  const meant = unknownName(name, ['input', 'batch', 'lastEventId'], 'parameter that is read here');
  return meant.endsWith('?')
    ? meant
    : `is not read here: write it into the input, ${isPost ? 'the body' : 'the parameter input'}`;
}

function mustHoldJson(procedure: ProcedureInfo | undefined, isBatch: boolean): string {
  if (procedure && !procedure.input) return 'must hold JSON: leave it out, since this call takes no input';
  const envelope = JSON.stringify({ json: procedure?.input ? exampleInput(procedure.input) : {} });
  return `must hold JSON: write ${isBatch ? `{"0":${envelope}}` : envelope}, in percent-encoding`;
}

/** Throws request.invalid that names a field given twice, or an entry of a batch that belongs to none of its calls. */
export function refuseUnreadInput(req: Request, json: string | undefined): void {
  if (!json) return;
  refuseMisread(json);
  if (queryOf(req.url).get('batch') !== '1') return;
  const inputs = valueIn(json);
  if (inputs === undefined) return;
  const last = decodeURIComponent(req.path).split(',').length - 1;
  const names = last === 0 ? '"0"' : `"0" to "${last}"`;
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs))
    refuse('(body)', `must be a JSON object with the inputs ${names} of its calls: write {"0":{"json":{}}}`);
  const unread = Object.keys(inputs).filter((name) => !/^(0|[1-9]\d*)$/.test(name) || Number(name) > last);
  const problem = `is not read: the inputs of this batch are ${names}, each as {"json":{}}`;
  if (unread.length > 0)
    throw new AppError('request.invalid', {
      fields: Object.fromEntries(unread.map((name) => [name, problem])),
    });
}

/** What a text holds; undefined where it is no JSON, which is told where the input is read. */
function valueIn(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
