ALTER TABLE "users" ADD COLUMN "phone" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "language" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "base_currency" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "trading_experience" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "risk_profile" text;