ALTER TABLE "deals" ADD COLUMN "decided_by" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "unknown_at" timestamp (3) with time zone;