from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consents.domain.queries.receipts import receipt_of
from consents.domain.receipt_verification import receipt_file
from consents.views.who import subject_or_404


@never_cache
@login_required
@require_safe
def download(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """`receipts/<id>.json`: the person's own signed receipt; another's answers as an unknown one."""
    found = receipt_of(subject_or_404(request), receipt_id)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="receipt-{found.pk}.json"'}
    return HttpResponse(receipt_file(found.document, found.jws), content_type="application/json", headers=headers)
