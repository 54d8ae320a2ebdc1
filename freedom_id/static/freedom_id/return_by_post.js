document.forms.return_by_post.submit();
