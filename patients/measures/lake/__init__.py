"""The Parquet lake of facts, and evaluation over it by other engines than PostgreSQL."""
