ALTER TABLE "deals" ADD COLUMN "raises_risk" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "evidence_after" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "broker_at" timestamp (3) with time zone;