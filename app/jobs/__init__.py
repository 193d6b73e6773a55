"""The queue's tasks, and the engine that spreads tiles over processes."""
