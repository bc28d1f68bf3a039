// IG's answers at the door: in their known shape, or an error that says where they differ. What they are: the schemas beside their clients.
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { IgError, toAppError } from './errors.ts';

/** What IG said to what. */
export interface Answered {
  body: unknown;
  /** What was asked, for whoever finds the answer odd: `GET /positions v2`. */
  endpoint: string;
}

/** The result, or its IgError as the AppError a caller of ours sees. */
export async function outward<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof IgError ? toAppError(error) : error;
  }
}

export const oddShape = (endpoint: string, cause: unknown) =>
  new AppError('broker.unavailable', {
    cause,
    message: 'The broker answered in a form that is not known here: the server’s log says where it differs.',
    detail: `${endpoint}: ${cause instanceof z.ZodError ? differences(cause) : String(cause)}`,
  });

/** Enough to see what has changed. */
const maxDifferences = 5;
const differences = ({ issues }: z.ZodError) =>
  issues
    .slice(0, maxDifferences)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');

/** The body in its known shape. Throws broker.unavailable when it has another, whose detail names the endpoint and the fields. */
export function read<S extends z.ZodType>(schema: S, { body, endpoint }: Answered): z.output<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw oddShape(endpoint, parsed.error);
  return parsed.data;
}
