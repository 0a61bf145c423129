"""The chapter branches: find them, plan their releases, write and publish them."""
