// Users as administrators see them, and what they do to them.
import { z } from 'zod';
import { Environment, Instant, NextCursor, Page, PlainText } from './primitives.ts';
import { DealingHalts } from './admin.ts';

export const Role = z.enum(['user', 'admin']).meta({ id: 'Role' });
const UserId = z.string().min(1).max(60);

export const ListUsers = z.object({
  query: PlainText(100).optional().describe('part of an e-mail address or a name, in any case'),
  role: Role.optional(),
  disabled: z.boolean().optional().describe('true: only those who are shut out; false: only the others'),
  ...Page.shape,
});
export type ListUsers = z.infer<typeof ListUsers>;

export const AdminUser = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    isAdmin: z.boolean(),
    emailVerified: z.boolean(),
    createdAt: Instant,
    disabledAt: Instant.nullable().describe('null while they may sign in'),
    lastSeenAt: Instant.nullable().describe('to a minute; null where no login of theirs is left that tells'),
    sessions: z.number().int().describe('logins that hold'),
  })
  .meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof AdminUser>;
export const AdminUserList = z
  .object({ users: z.array(AdminUser), nextCursor: NextCursor })
  .meta({ id: 'AdminUserList' });
export type AdminUserList = z.infer<typeof AdminUserList>;

export const OneUser = z.object({ id: UserId });
export const AdminUserDetail = AdminUser.extend({
  apiKeys: z.number().int(),
  accounts: z
    .array(
      z.object({
        id: z.string(),
        environment: Environment,
        name: z.string(),
        disconnectedAt: Instant.nullable().describe('null while it is connected'),
      }),
    )
    .describe('broker accounts that they have or had, oldest first'),
  halts: DealingHalts.shape.halts.describe('what administrators have set for this user and not taken back'),
}).meta({ id: 'AdminUserDetail' });
export type AdminUserDetail = z.infer<typeof AdminUserDetail>;

export const SetRole = z.object({ id: UserId, role: Role });
export const RevokeSessions = z.object({
  id: UserId,
  apiKeys: z.boolean().default(false).describe('true: their API keys end too, for ever'),
});

/** A user as they are now, and what a change has ended. */
export const UserChange = z
  .object({
    user: AdminUser,
    ended: z.object({
      sessions: z.number().int().describe('logins'),
      apiKeys: z.number().int(),
    }),
  })
  .meta({ id: 'UserChange' });
export type UserChange = z.infer<typeof UserChange>;
