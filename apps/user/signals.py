"""Signals that tell other subjects what happens to an account.

Both are sent inside the transaction that makes the change, so what a subscriber writes
is committed or rolled back together with it. The sender is the User:

    @user_deleted.connect
    def forget(user: User) -> None: ...
"""

from blinker import Namespace

signals = Namespace()
password_changed = signals.signal("password-changed")
user_deleted = signals.signal("user-deleted")  # sent while the row is still there
