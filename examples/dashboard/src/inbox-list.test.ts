import { expect, test } from 'vitest';
import type { Notification, NotificationEvent } from '../../../client/index.ts';
import { afterNews, type InboxPart } from './inbox-list.ts';

const at = (second: number) => new Date(second * 1000);
const note = (id: string, second: number, readAt: Date | null = null) =>
  ({ id, at: at(second), readAt, archivedAt: null }) as Notification;
const list = [note('c', 3), note('b', 2, at(9)), note('a', 1)];
const event = (type: string, data: object) =>
  ({ type, data: { unreadCount: 0, ...data } }) as NotificationEvent;
const after = (part: InboxPart, type: string, data: object) =>
  afterNews(list, part, event(`notification.${type}`, data))?.map(({ id, readAt }) =>
    readAt ? `${id} read` : id,
  );

test('a new one stands where its time puts it, once, and not in the archive', () => {
  const created = (id: string, second: number) => ({ notification: note(id, second) });
  expect(after('all', 'created', created('d', 4))).toEqual(['d', 'c', 'b read', 'a']);
  expect(after('unread', 'created', created('ab', 1.5))).toEqual(['c', 'b read', 'ab', 'a']);
  expect(after('all', 'created', created('b', 2))).toEqual(['c', 'b read', 'a']);
  expect(after('archived', 'created', created('d', 4))).toEqual(['c', 'b read', 'a']);
});

test('what is read leaves those that are unread, and keeps the time at which it was read first', () => {
  expect(after('all', 'read', { notificationIds: ['a'], readAt: at(20) })).toEqual(['c', 'b read', 'a read']);
  expect(after('unread', 'read', { notificationIds: ['a'], readAt: at(20) })).toEqual(['c', 'b read']);
  expect(after('archived', 'read', { notificationIds: null, readAt: at(20) })).toEqual([
    'c read',
    'b read',
    'a read',
  ]);
  expect(
    afterNews(list, 'all', event('notification.read', { notificationIds: null, readAt: at(20) }))![1]!.readAt,
  ).toEqual(at(9));
});

test('what leaves a list is taken out of it; where it comes to, the list is read again', () => {
  expect(after('all', 'archived', { notificationIds: ['c'] })).toEqual(['b read', 'a']);
  expect(after('archived', 'archived', { notificationIds: ['d'] })).toBeUndefined();
  expect(after('archived', 'unarchived', { notificationIds: ['c'] })).toEqual(['b read', 'a']);
  expect(after('unread', 'unarchived', { notificationIds: ['d'] })).toBeUndefined();
  expect(after('unread', 'unread', { notificationIds: ['d'] })).toBeUndefined();
  expect(after('all', 'unread', { notificationIds: ['b'] })).toEqual(['c', 'b', 'a']);
});
