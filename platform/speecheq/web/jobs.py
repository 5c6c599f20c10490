"""Background work as people see it: what runs, how far it is, what went wrong."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from speecheq.jobs import cancel_job
from speecheq.models import Job


@login_required
def job_list(request: HttpRequest) -> HttpResponse:
    jobs = Job.objects.all().visible_to(request.user).select_related("requested_by")
    page = Paginator(jobs, 50).get_page(request.GET.get("page"))
    return render(request, "speecheq/job_list.html", {"page_obj": page})


@login_required
def job_detail(request: HttpRequest, job_id: str) -> HttpResponse:
    """The job's page; for htmx only the part that changes."""
    job = get_object_or_404(Job.objects.all().visible_to(request.user), public_id=job_id)
    part = getattr(request, "htmx", None)
    template = "speecheq/parts/job.html" if part else "speecheq/job_detail.html"
    return render(request, template, {"job": job})


@login_required
@require_POST
def job_cancel(request: HttpRequest, job_id: str) -> HttpResponse:
    job = get_object_or_404(Job.objects.all().visible_to(request.user), public_id=job_id)
    cancel_job(job, by=request.user)
    messages.success(request, _("The job stops at its next step."))
    return redirect("job-detail", job_id=job.public_id)
