"""What every resolver is handed: the running request, whose context is the shop."""

from __future__ import annotations

from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo

from sandbox.shopify.shop import Shop

Info: TypeAlias = GraphQLResolveInfo[Shop]
View = dict[str, Any]
