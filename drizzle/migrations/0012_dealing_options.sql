ALTER TABLE "deals" ADD COLUMN "guaranteed_stop" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "trailing_distance" numeric;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "trailing_increment" numeric;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "worst_level" numeric;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "tolerance" numeric;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "tag" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "guaranteed_stop" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "trailing_distance" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "trailing_increment" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "tag" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "working_orders" ADD COLUMN "guaranteed_stop" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "working_orders" ADD COLUMN "tag" text;--> statement-breakpoint
ALTER TABLE "working_orders" ADD COLUMN "note" text;