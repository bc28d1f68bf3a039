// The shape of a REST row: the method and path (below /api) of one procedure, and what the documents say about it.
import type {
  AnyTRPCProcedure,
  AnyTRPCRouter,
  AnyTRPCSubscriptionProcedure,
  inferProcedureOutput,
} from '@trpc/server';
import type { ErrorCode } from '../../shared/errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** 201 made, 202 not decided yet, 207 a mixed outcome of several. */
type SuccessStatus = 200 | 201 | 202 | 207;

/** How a success leaves. One shape of body for all of its statuses: the procedure's output. */
export interface Success<Output = unknown> {
  /** Each status there can be, as the documents describe it; `location` says what its Location header names. */
  statuses: Readonly<Partial<Record<SuccessStatus, { description: string; location?: string }>>>;
  /** The status of one answer, and the value of its Location. */
  of(output: Output): { status: SuccessStatus; location?: string };
}
/** A success in a form of its own. */
export interface TextAnswer {
  /** Its Content-Type. */
  type: string;
  text: string;
  headers: Readonly<Record<string, string>>;
}
export const done: Success = { statuses: { 200: { description: 'Done.' } }, of: () => ({ status: 200 }) };

/**
 * One procedure as REST has it. Whether it takes an idempotency key and whether it is paged is not said here: its input says so, with
 * IdempotencyKey as the field `idempotencyKey`, and with the fields of Page.
 */
export interface RestRow<Output = unknown> {
  method: Method;
  /** Below `/api`; `{name}` is a field of the input. */
  path: string;
  summary: string;
  description?: string;
  /** Of a DELETE: its fields may come as a JSON body too, each in one place only. */
  body?: 'too';
  /**
   * Of a GET that is asked again and again: its answer bears an ETag of exactly its bytes, and who has these already (If-None-Match) gets
   * 304 and none. It saves bytes, not work.
   */
  revalidates?: true;
  /** Errors beyond those that any call of its scope may meet. */
  errors?: readonly ErrorCode[];
  /** Left out: `done`, always 200. */
  success?: Success<Output>;
  /** An answer that leaves as text and not as JSON, such as CSV; undefined: as JSON. */
  asText?(output: Output): TextAnswer | undefined;
  /** The media type of such a text, for the documents. */
  textType?: string;
  /** An input that works. */
  example?: Readonly<Record<string, unknown>>;
}

/** The rows of a module: one for each procedure of its router but subscriptions, in the order of the documents. */
export type RestRows<Router extends AnyTRPCRouter> = {
  readonly [
    Name in keyof Router['_def']['record'] as Router['_def']['record'][Name] extends AnyTRPCSubscriptionProcedure
      ? never
      : Name
  ]: Router['_def']['record'][Name] extends AnyTRPCProcedure
    ? RestRow<inferProcedureOutput<Router['_def']['record'][Name]>>
    : never;
};

/** What a module shows of itself. */
export interface ModuleFace {
  /** A sentence for the documents. */
  about: string;
  createRouter: (deps: never) => AnyTRPCRouter;
  rest: Readonly<Record<string, RestRow>>;
}

/** A row under the full name of its procedure. */
export interface RestRoute extends RestRow {
  /** `router.procedure` */
  procedure: string;
}
