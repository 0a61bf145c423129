"""Accounts: who is who, and who is logged in."""

from flask import Blueprint
from apps.user import models
blueprint = Blueprint("user", __name__, url_prefix="/user")
