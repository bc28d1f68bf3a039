DROP INDEX "notifications_unread_idx";--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "severity" text;--> statement-breakpoint
UPDATE "notifications" SET "severity" = CASE
	WHEN "kind" = 'deal.accepted' THEN 'info'
	WHEN "kind" IN ('break.opened', 'saga.incomplete') THEN 'critical'
	ELSE 'warning'
END;--> statement-breakpoint
ALTER TABLE "notifications" ALTER COLUMN "severity" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "archived_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "notifications_unread_idx" ON "notifications" USING btree ("user_id") WHERE read_at is null and archived_at is null;--> statement-breakpoint
-- Events as they are told from now on: with what a notification has gained, and with all that were read by one call.
UPDATE "user_events" SET "data" = jsonb_set("data", '{notification}', "data"->'notification' || jsonb_build_object(
	'archivedAt', NULL,
	'severity', CASE
		WHEN "data"->'notification'->>'kind' = 'deal.accepted' THEN 'info'
		WHEN "data"->'notification'->>'kind' IN ('break.opened', 'saga.incomplete') THEN 'critical'
		ELSE 'warning'
	END))
	WHERE "stream" = 'notifications' AND "type" = 'notification.created';--> statement-breakpoint
UPDATE "user_events" SET "data" = "data" - 'notificationId' || jsonb_build_object(
	'notificationIds', CASE WHEN "data"->>'notificationId' IS NULL THEN 'null'::jsonb ELSE jsonb_build_array("data"->>'notificationId') END)
	WHERE "stream" = 'notifications' AND "type" = 'notification.read';
