"""Roles as the doors see them."""

from core.rules.roles import ADMIN as ADMIN
from core.rules.roles import MEANINGS as MEANINGS
from core.rules.roles import OWNER as OWNER
from core.rules.roles import ROLES as ROLES
from core.rules.roles import SUPPORT as SUPPORT
from core.rules.roles import VIEWER as VIEWER
from core.rules.roles import reaches as reaches
