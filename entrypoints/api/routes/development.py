"""Routes that exist in development only."""

from starlette.requests import Request

from core.domain.errors import NotFound
from entrypoints.api.answers import Answer, ok
from entrypoints.api.deps import use
from entrypoints.api.routes.jobs import jobs_status
from entrypoints.api.routing import Routes

routes = Routes("Development")
TEST_KEY = "key_test_abc123"  # of the merchant that `gateway dev` seeds


@routes.public("GET", "/api/v1/test/merchant", 200, "TestMerchant", errors=(404,))
async def get_test_merchant(request: Request) -> Answer:
    """Get the seeded merchant and its key; its secret is in the banner of `gateway dev`"""
    async with use(request, "uow").begin() as tx:
        key = await tx.api_keys.find(TEST_KEY)
        if key is None:
            raise NotFound("Merchant")
        merchant = await tx.merchants.get(key.account.merchant_id)
    return ok({"id": merchant.id, "email": merchant.email, "api_key": key.id, "seeded": True})


@routes.public("GET", "/api/v1/test/jobs/status", 200, "JobsStatus")
async def get_test_jobs_status(request: Request) -> Answer:
    """Get the figures of all lanes, without a key"""
    return await jobs_status(request)
