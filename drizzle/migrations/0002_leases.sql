ALTER TABLE "feed_leases" RENAME TO "leases";--> statement-breakpoint
ALTER TABLE "leases" RENAME COLUMN "feed" TO "name";