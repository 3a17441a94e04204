"""The store's door: pages inside the admin of shops that have the app, and on those shops' own sites."""

from web.store.blueprint import create_store as create_store
from web.store.entrance import EitherEntrance as EitherEntrance
from web.store.entrance import ShopEntrance as ShopEntrance
from web.store.mount import StoreMount as StoreMount
