ALTER TABLE "saga_legs" ALTER COLUMN "deal_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "saga_legs" ADD COLUMN "direction" text;--> statement-breakpoint
ALTER TABLE "saga_legs" ADD COLUMN "size" numeric;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "target" jsonb;--> statement-breakpoint
ALTER TABLE "sagas" ADD COLUMN "found" numeric;