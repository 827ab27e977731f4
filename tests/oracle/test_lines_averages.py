"""Checkpoints of activations, averages of weights, Muon, buffers: lines against PyTorch."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import comparisons, table

BEGIN = """
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 1))
x = T.randn(5, 3)
import importlib
C = importlib.import_module(T.__name__ + ".utils.checkpoint")
ck, cks = C.checkpoint, C.checkpoint_sequential
S = importlib.import_module(T.__name__ + ".optim.swa_utils")
def grads(): return [None if p.grad is None else p.grad for p in m.parameters()]
def fit(o, model=None):
    model = model or m; o.zero_grad(); l = (model(x)**2).mean(); l.backward(); o.step(); return l
"""

PROGRAMS = {
    name: BEGIN + program
    for name, program in table("""
checkpoint | y=ck(m,x,use_reentrant=False); y.sum().backward(); R=y,grads(),T.rand(2)
checkpoint of an input | a=x.clone().requires_grad_(); y=ck(m,a,use_reentrant=True); y.sum().backward(); R=y,a.grad,grads(),T.rand(2)
checkpoint without a gradient | y=ck(m,x,use_reentrant=True); R=y.requires_grad,y
checkpoint by default | a=x.clone().requires_grad_(); y=ck(m,a); y.sum().backward(); R=y,a.grad,grads()
checkpoint of keywords | a=x.clone().requires_grad_(); y=ck(lambda u,k=1: u*k,a,k=3.,use_reentrant=False); y.sum().backward(); R=y,a.grad
checkpoint of keywords, reentrant | a=x.clone().requires_grad_(); ck(lambda u,k=1: u*k,a,k=3.,use_reentrant=True)
checkpoint of several | a,b=t([1.,2.],requires_grad=True),t([3.,4.],requires_grad=True); u,v=ck(lambda a,b:(a*b,a+b),a,b,use_reentrant=False); (u*v).sum().backward(); R=u,v,a.grad,b.grad
checkpoint counts calls | n=[0]\\ndef f(a):\\n n[0]+=1; return (a**3)\\na=t([2.],requires_grad=True); y=ck(f,a,use_reentrant=False); R=n[0]; y.backward(); R=R,n[0],a.grad
checkpoint of a batch norm | b=nn.BatchNorm1d(3); y=ck(b,x,use_reentrant=False); R=b.running_mean.clone(); (y**2).sum().backward(); R=R,b.running_mean,b.num_batches_tracked
checkpoint of dropout twice | a=x.clone().requires_grad_(); d=nn.Dropout(.5); y=ck(d,ck(d,a,use_reentrant=False),use_reentrant=False); y.sum().backward(); R=y,a.grad
checkpoint and autograd.grad | y=ck(m,x,use_reentrant=False); R=T.autograd.grad(y.sum(),list(m.parameters()))
checkpoint of second order | a=t([2.],requires_grad=True); y=ck(lambda a:a**3,a,use_reentrant=False); g,=T.autograd.grad(y,a,create_graph=True); g.backward(); R=g,a.grad
checkpoint without no_grad | a=x.clone().requires_grad_()\\nwith T.no_grad(): y=ck(m,a,use_reentrant=False)\\nR=y,y.requires_grad
checkpoint, training | o=T.optim.Adam(m.parameters(),.1); R=[]\\nfor i in range(3): o.zero_grad(); l=(ck(m,x,use_reentrant=False)**2).mean(); l.backward(); o.step(); R.append(l)
checkpoint, compiled | o=T.optim.Adam(m.parameters(),.1)\\ndef s(x): o.zero_grad(); l=(ck(m,x,use_reentrant=False)**2).mean(); l.backward(); o.step(); return l\\ns=compiled(s); R=[s(x) for i in range(4)]
checkpoint of an eval | m.eval(); y=ck(m,x,use_reentrant=False); y.sum().backward(); R=y,grads()
checkpoint sequential | a=x.clone().requires_grad_(); y=cks(m,2,a,use_reentrant=False); y.sum().backward(); R=y,a.grad,grads()
checkpoint sequential by three | a=x.clone().requires_grad_(); y=cks(m,3,a,use_reentrant=True); y.sum().backward(); R=y,a.grad,grads()
checkpoint sequential of functions | a=x.clone().requires_grad_(); y=cks([T.sin,T.exp,T.tanh],2,a,use_reentrant=False); y.sum().backward(); R=y,a.grad
averaged | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m); R=[]\\nfor i in range(4): fit(o); a.update_parameters(m)\\na.eval(); R=list(a.parameters()),a.n_averaged,a(x)
averaged exponentially | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m,multi_avg_fn=S.get_ema_multi_avg_fn(.9))\\nfor i in range(4): fit(o); a.update_parameters(m)\\nR=list(a.parameters()),a.n_averaged
averaged by avg_fn | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m,avg_fn=lambda p,q,n:.9*p+.1*q)\\nfor i in range(4): fit(o); a.update_parameters(m)\\nR=list(a.parameters()),a.n_averaged
averaged by get_ema_avg_fn | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m,avg_fn=S.get_ema_avg_fn(.9))\\nfor i in range(4): fit(o); a.update_parameters(m)\\nR=list(a.parameters())
averaged by get_swa_avg_fn | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m,avg_fn=S.get_swa_avg_fn())\\nfor i in range(4): fit(o); a.update_parameters(m)\\nR=list(a.parameters())
averaged with buffers | b=nn.Sequential(nn.Linear(3,2),nn.BatchNorm1d(2)); a=S.AveragedModel(b,use_buffers=True); o=T.optim.SGD(b.parameters(),.1)\\nfor i in range(3): fit(o,b); a.update_parameters(b)\\nR=list(a.buffers()),list(a.parameters())
averaged, buffers copied | b=nn.Sequential(nn.Linear(3,2),nn.BatchNorm1d(2)); a=S.AveragedModel(b); o=T.optim.SGD(b.parameters(),.1)\\nfor i in range(3): fit(o,b); a.update_parameters(b)\\nR=list(a.buffers())
averaged, both functions | S.AveragedModel(m,avg_fn=S.get_swa_avg_fn(),multi_avg_fn=S.get_swa_multi_avg_fn())
averaged, saved | a=S.AveragedModel(m); a.update_parameters(m); b=S.AveragedModel(m); b.load_state_dict(a.state_dict()); R=list(a.state_dict()),b.n_averaged,repr(a)
averaged requires | a=S.AveragedModel(m); R=[p.requires_grad for p in a.parameters()],a.training
a wrong decay | S.get_ema_multi_avg_fn(2.)
batch norms anew | b=nn.Sequential(nn.Linear(3,2),nn.BatchNorm1d(2),nn.ReLU(),nn.BatchNorm1d(2,momentum=.3)); S.update_bn([x,x*2,x+1],b); R=list(b.buffers()),b[1].momentum,b[3].momentum,b.training
batch norms anew from pairs | b=nn.Sequential(nn.BatchNorm1d(3)).eval(); S.update_bn([(x,1),[x*2,2]],b); R=list(b.buffers()),b.training
no batch norms | S.update_bn([x],m); R=m.training
SWALR | o=T.optim.SGD(m.parameters(),1.); s=S.SWALR(o,.1,anneal_epochs=4); R=[]\\nfor i in range(6): R.append(s.get_last_lr()); o.step(); s.step()
SWALR linear | o=T.optim.SGD(m.parameters(),1.); s=S.SWALR(o,.1,anneal_epochs=3,anneal_strategy='linear'); R=[]\\nfor i in range(6): R.append(o.param_groups[0]['lr']); o.step(); s.step()
SWALR at once | o=T.optim.SGD(m.parameters(),1.); s=S.SWALR(o,.1,anneal_epochs=0); R=[o.param_groups[0]['lr']]; s.step(); R=R,o.param_groups[0]['lr']
SWALR of groups | o=T.optim.SGD([{'params':m[0].parameters()},{'params':m[2].parameters(),'lr':.5}],1.); s=S.SWALR(o,[.1,.2],2); R=[]\\nfor i in range(4): R.append([g['lr'] for g in o.param_groups]); s.step()
SWALR after another | o=T.optim.SGD(m.parameters(),1.); c=T.optim.lr_scheduler.CosineAnnealingLR(o,10); s=S.SWALR(o,.05,anneal_epochs=3); R=[]\\nfor i in range(8):\\n o.step(); (s if i>3 else c).step(); R.append(o.param_groups[0]['lr'])
SWALR refused | S.SWALR(T.optim.SGD(m.parameters(),1.),.1,anneal_strategy='no')
SWALR of too few | S.SWALR(T.optim.SGD(m.parameters(),1.),[.1,.2])
whole SWA | o=T.optim.SGD(m.parameters(),.1); a=S.AveragedModel(m); s=S.SWALR(o,.05,2)\\nfor i in range(5):\\n fit(o)\\n if i>1: a.update_parameters(m); s.step()\\nS.update_bn([x],a); R=list(a.parameters()),a.n_averaged
SparseAdam | p=nn.Parameter(T.ones(2)); o=T.optim.SparseAdam([p]); p.grad=T.ones(2); o.step()
SparseAdam without a gradient | p=nn.Parameter(T.ones(2)); o=T.optim.SparseAdam([p]); o.step(); R=p
Muon of a vector | T.optim.Muon([nn.Parameter(T.ones(2))])
Muon refused | T.optim.Muon([nn.Parameter(T.ones(2,2))],adjust_lr_fn='no')
Muon's state | p=nn.Parameter(T.ones(2,2)); o=T.optim.Muon([p]); p.grad=t([[1.,2.],[3.,5.]]); o.step(); o.step(); R=dict(o.state[p]),repr(o)
sync batch norm | b=nn.SyncBatchNorm(3); y=b(x); (y**3).sum().backward(); R=y,b.weight.grad,list(b.buffers()),repr(b); b.eval(); R=R,b(x)
converted | b=nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.Linear(3,2),nn.BatchNorm1d(2),nn.Sequential(nn.BatchNorm1d(2,affine=False)))); R=repr(b),b(x),list(b.state_dict())
a buffer | class M(nn.Module):\\n def __init__(s): super().__init__(); s.b=nn.Buffer(T.ones(2)); s.c=nn.Buffer(T.zeros(1),persistent=False)\\nk=M(); R=[n for n,_ in k.named_buffers()],list(k.state_dict()),k.b,isinstance(k.b,nn.Buffer)
a buffer replaced | k=nn.Module(); k.b=nn.Buffer(T.ones(2)); k.b=T.zeros(2); R=list(k.named_buffers()),k.state_dict()
a buffer moved | k=nn.Module(); k.b=nn.Buffer(T.ones(2)); k.double(); R=k.b.dtype,k.state_dict()
a buffer's data shared | v=T.ones(2); b=nn.Buffer(v); v[0]=5.; R=b,b.requires_grad
a buffer copied | k=nn.Module(); k.b=nn.Buffer(T.ones(2)); c=copy.deepcopy(k); c.b.zero_(); R=k.b,c.b,list(c.named_buffers())
""").items()
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())


@pytest.mark.parametrize("shape", [(2, 2), (4, 3), (3, 5), (16, 8)])
@pytest.mark.parametrize(
    "options", [{}, {"nesterov": False}, {"adjust_lr_fn": "match_rms_adamw", "weight_decay": 0.0}], ids=str
)
def test_muon(shape, options):
    """PyTorch iterates in bfloat16, whose eight digits are all that the two can have in common."""

    def trained(t):
        t.manual_seed(0)
        w = t.nn.Parameter(t.randn(shape))
        optimizer = t.optim.Muon([w], lr=0.01, **options)
        for _step in range(4):
            optimizer.zero_grad()
            ((w - 1) ** 4).sum().backward()
            optimizer.step()
        return w.detach().numpy()

    np.testing.assert_allclose(trained(tg), trained(torch), atol=4e-2 * 0.01 * 4)
